// The fields of the command dialog made into the command the operator API takes.
import type { CommandKind, OperatorCommand } from '../../../proto/operator.ts';

export interface CommandFields {
	readonly kind: CommandKind;
	readonly catalogId: string;
	/** Of a move. */
	readonly newCatalogId: string;
	/** Of pictures: numbers with commas between; empty lets the peer choose. */
	readonly seconds: string;
}

export function toOperatorCommand(peerId: string, fields: CommandFields): OperatorCommand {
	const { kind, catalogId, newCatalogId, seconds } = fields;
	switch (kind) {
		case 'file-delete':
		case 'file-hash':
			return { peerId, command: { kind, catalogId } };
		case 'file-remap':
			return { peerId, command: { kind, oldCatalogId: catalogId, newCatalogId } };
		case 'screenshot-capture':
			return { peerId, command: { kind, catalogId, atMs: timesOf(seconds) } };
	}
}

function timesOf(seconds: string): number[] {
	const parts = seconds.split(',').map((part) => part.trim());
	return parts.filter((part) => part !== '').map((part) => Number(part) * 1000);
}
