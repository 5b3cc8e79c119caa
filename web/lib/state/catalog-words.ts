// What the catalog says when it has no films to show: why, and one next action. Failures of films and folders have
// their words in words.ts.
import type { ErrorCode } from '../../../proto/errors.ts';
import type { NoticeView } from '../view-models.ts';
import { formatPlural } from './format.ts';

/** What a person can do about a catalog without films. */
export type EmptyCatalogAction = 'show-away' | 'library' | 'catalog';

/** The catalog could not be loaded. */
export function catalogFailure(reason: ErrorCode): NoticeView<'retry'> {
	const action = { label: 'Try again', kind: 'retry' } as const;
	switch (reason) {
		case 'resource-exhausted':
			return {
				title: 'That was a little fast',
				text: 'The server asks for a short break.',
				action,
			};
		case 'invalid-argument':
			return { title: 'That search is too long', text: 'Use fewer words.', action };
		case 'not-found':
		case 'unauthenticated':
		case 'permission-denied':
		case 'unavailable':
		case 'timed-out':
		case 'cancelled':
		case 'corrupt':
		case 'unsupported':
		case 'already-exists':
		case 'internal':
			return {
				title: 'The catalog cannot be reached',
				text: 'The server does not answer. Films on this device still play.',
				action,
			};
	}
}

/** Nothing was found; `awayCount` is what would be there if its owners were. */
export function emptyCatalog(
	{ words }: { readonly words: string },
	awayCount: number,
): NoticeView<EmptyCatalogAction> {
	if (awayCount > 0) {
		const films = formatPlural(awayCount, 'film', 'films');
		const [wait, theirs] = awayCount === 1 ? ['waits', 'its owner'] : ['wait', 'their owners'];
		return {
			title: words === '' ? 'Nothing to watch right now' : `“${words}” cannot be watched right now`,
			text: `${films} ${wait} for ${theirs} to be back.`,
			action: { label: awayCount === 1 ? 'Show it' : 'Show them', kind: 'show-away' },
		};
	}
	return words === ''
		? {
				title: 'Nothing to watch right now',
				text: 'Films show up here when somebody shares a folder on this server.',
				action: { label: 'Go to my library', kind: 'library' },
			}
		: {
				title: `Nothing is called “${words}”`,
				text: 'Try fewer letters. Each word is looked for at the start of a word of the title.',
				action: { label: 'Show everything', kind: 'catalog' },
			};
}
