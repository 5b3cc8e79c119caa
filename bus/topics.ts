// The names of the topics, configurable by the variables of ARCHITECTURE.md; each body of BusEvent has one.
import type { EdgeId } from '../proto/ids.ts';

declare const brand: unique symbol;
/** The name of a topic as the bus knows it. */
export type Topic = string & { readonly [brand]: 'Topic' };

export interface Topics {
	readonly peerConnectionEstablished: Topic;
	readonly peerConnectionClosed: Topic;
	readonly peerCatalogUpdated: Topic;
	readonly catalogAvailabilityChanged: Topic;
	readonly catalogSubscriptionMatched: Topic;
	readonly peerCommandCompleted: Topic;
	readonly posterWanted: Topic;
	readonly swarmsChanged: Topic;
	readonly edgeCommands: (edgeId: EdgeId) => Topic;
}

export const asTopic = (name: string): Topic => name as Topic;

/** The documented defaults. A program overrides single names from its configuration. */
export const defaultTopics: Topics = {
	peerConnectionEstablished: asTopic('peer.connection.established'),
	peerConnectionClosed: asTopic('peer.connection.closed'),
	peerCatalogUpdated: asTopic('peer.catalog.updated'),
	catalogAvailabilityChanged: asTopic('catalog.availability.changed'),
	catalogSubscriptionMatched: asTopic('catalog.subscription.matched'),
	peerCommandCompleted: asTopic('peer.command.completed'),
	posterWanted: asTopic('edge.poster.wanted'),
	swarmsChanged: asTopic('edge.swarms.changed'),
	edgeCommands: (edgeId) => asTopic(`edge.${edgeId}.commands`),
};
