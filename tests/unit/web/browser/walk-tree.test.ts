import { describe, expect, it } from 'vitest';
import { allOf } from '../../../support/web/all-of.ts';
import { walkTree, type TreeNode } from '../../../../web/lib/browser/walk-tree.ts';

interface Node extends TreeNode {
	readonly children?: readonly Node[];
	readonly error?: DOMException;
}

const file = (name: string, error?: DOMException): Node =>
	error === undefined ? { kind: 'file', name } : { kind: 'file', name, error };
const directory = (name: string, children: readonly Node[], error?: DOMException): Node =>
	error === undefined
		? { kind: 'directory', name, children }
		: { kind: 'directory', name, children, error };

const denied = () => new DOMException('denied', 'NotAllowedError');

function walk(
	root: Node,
	options: { signal?: AbortSignal; maxAtOnce?: (count: number) => void } = {},
) {
	let open = 0;
	return walkTree<Node>({
		root,
		readDirectory: function* (node) {
			if (node.error) throw node.error;
			yield* node.children ?? [];
		},
		readFile: async (node) => {
			options.maxAtOnce?.(++open);
			await Promise.resolve();
			open--;
			if (node.error) throw node.error;
			return { size: node.name.length, lastModified: 7 };
		},
		isWanted: (path) => path.endsWith('.mp4'),
		signal: options.signal ?? new AbortController().signal,
	});
}

describe('walkTree', () => {
	it('yields wanted files of all depths with their paths', async () => {
		const root = directory('root', [
			file('a.mp4'),
			file('a.txt'),
			directory('deep', [directory('deeper', [file('b.mp4')]), directory('empty', [])]),
		]);

		const listed = await allOf(walk(root));

		expect(listed.toSorted((one, other) => one.path.localeCompare(other.path))).toEqual([
			{ kind: 'file', path: 'a.mp4', sizeBytes: 5, modifiedAtMs: 7 },
			{ kind: 'file', path: 'deep/deeper/b.mp4', sizeBytes: 5, modifiedAtMs: 7 },
		]);
	});

	it('reports what cannot be read with the reason and goes on', async () => {
		const root = directory('root', [
			directory('locked', [], denied()),
			file('gone.mp4', new DOMException('gone', 'NotFoundError')),
			file('odd.mp4', new DOMException('odd', 'UnknownError')),
			file('fine.mp4'),
		]);

		const listed = await allOf(walk(root));

		expect(listed).toHaveLength(4);
		expect(listed).toContainEqual({
			kind: 'unreadable',
			path: 'locked',
			reason: 'permission-denied',
		});
		expect(listed).toContainEqual({ kind: 'unreadable', path: 'gone.mp4', reason: 'not-found' });
		expect(listed).toContainEqual({ kind: 'unreadable', path: 'odd.mp4', reason: 'internal' });
		expect(listed).toContainEqual(expect.objectContaining({ kind: 'file', path: 'fine.mp4' }));
	});

	it('throws when the root itself cannot be read', async () => {
		await expect(allOf(walk(directory('root', [], denied())))).rejects.toMatchObject({
			code: 'permission-denied',
		});
	});

	it('looks at many files at once, and at a bounded number', async () => {
		const root = directory(
			'root',
			Array.from({ length: 5_000 }, (_, number) => file(`${number}.mp4`)),
		);
		let mostAtOnce = 0;

		const listed = await allOf(
			walk(root, { maxAtOnce: (count) => (mostAtOnce = Math.max(mostAtOnce, count)) }),
		);

		expect(listed).toHaveLength(5_000);
		expect(mostAtOnce).toBeGreaterThan(16);
		expect(mostAtOnce).toBeLessThanOrEqual(1_024);
	});

	it('stops with the reason of its signal', async () => {
		const aborting = new AbortController();
		const listing = walk(directory('root', [file('a.mp4'), directory('b', [file('b.mp4')])]), {
			signal: aborting.signal,
		});
		await listing.next();

		aborting.abort(new Error('enough'));

		await expect(listing.next()).rejects.toThrow('enough');
	});
});
