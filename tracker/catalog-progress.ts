// How far the announcements of one peer have come, and what to do with the next one: pure rules over
// sequence and page numbers. An announcement that arrives twice is applied twice to the same effect; one that
// was overtaken is ignored; after a gap the peer is not counted as complete, so that its next admission
// makes it send everything.

/** Stored for each peer. */
export interface CatalogProgress {
	/** Last announcement up to which nothing is missing; what ClaimPeer answers. */
	readonly completeSequence: number;
	/** Newest announcement anything was applied of; never below `completeSequence`. */
	readonly appliedSequence: number;
	/** Pages of the snapshot numbered `appliedSequence` that came without a gap. */
	readonly appliedPages: number;
}

export const noProgress: CatalogProgress = {
	completeSequence: 0,
	appliedSequence: 0,
	appliedPages: 0,
};

/** Whether less was applied than in the other. */
export function isBehind(one: CatalogProgress, other: CatalogProgress): boolean {
	return (
		one.appliedSequence < other.appliedSequence ||
		(one.appliedSequence === other.appliedSequence && one.appliedPages < other.appliedPages)
	);
}

/** The numbers of one `PeerCatalogUpdated`. */
export interface Announcement {
	readonly sequence: number;
	readonly isSnapshot: boolean;
	readonly page: number;
	readonly isLast: boolean;
}

export type Verdict =
	| { readonly kind: 'ignore' }
	| {
			readonly kind: 'apply';
			readonly progress: CatalogProgress;
			/** A page or an announcement before this one never came. */
			readonly isGap: boolean;
			/** The snapshot is whole: what was announced before it and not in it is gone. */
			readonly dropsOlder: boolean;
	  };

export function judgeAnnouncement(before: CatalogProgress, next: Announcement): Verdict {
	if (next.sequence < before.appliedSequence) return { kind: 'ignore' };
	return next.isSnapshot ? judgePage(before, next) : judgeDelta(before, next);
}

function judgePage(before: CatalogProgress, next: Announcement): Verdict {
	const isContinued = next.sequence === before.appliedSequence;
	const pagesBefore = isContinued ? before.appliedPages : 0;
	const isGap = next.page > pagesBefore;
	const appliedPages = isGap ? pagesBefore : Math.max(pagesBefore, next.page + 1);
	const isWhole = next.isLast && !isGap;
	const completeSequence = isWhole ? next.sequence : before.completeSequence;
	const progress = { completeSequence, appliedSequence: next.sequence, appliedPages };
	return { kind: 'apply', progress, isGap, dropsOlder: isWhole };
}

function judgeDelta(before: CatalogProgress, next: Announcement): Verdict {
	if (next.sequence === before.appliedSequence) {
		return { kind: 'apply', progress: before, isGap: false, dropsOlder: false };
	}
	const isGap =
		before.completeSequence !== before.appliedSequence ||
		next.sequence !== before.completeSequence + 1;
	const completeSequence = isGap ? before.completeSequence : next.sequence;
	const progress = { completeSequence, appliedSequence: next.sequence, appliedPages: 0 };
	return { kind: 'apply', progress, isGap, dropsOlder: false };
}
