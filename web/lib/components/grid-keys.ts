// Moving through a grid of links with the arrow keys. The grid's shape is read from the page, so it holds
// for every width of the window. Everything stays reachable with Tab as well.

/** Where an arrow leads in a grid filled row by row; `undefined` when the key is not for the grid. */
export function nextInGrid(
	key: string,
	index: number,
	count: number,
	columns: number,
): number | undefined {
	switch (key) {
		case 'ArrowRight':
			return index + 1 < count ? index + 1 : undefined;
		case 'ArrowLeft':
			return index > 0 ? index - 1 : undefined;
		case 'ArrowDown':
			return index + columns < count ? index + columns : lastRow(index, count, columns);
		case 'ArrowUp':
			return index >= columns ? index - columns : undefined;
		case 'Home':
			return 0;
		case 'End':
			return count - 1;
		default:
			return undefined;
	}
}

/** An attachment: the links inside answer to the arrow keys. */
export function gridKeys(grid: HTMLElement): () => void {
	const onKeyDown = (event: KeyboardEvent) => {
		if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
		const links = [...grid.querySelectorAll<HTMLElement>('a')];
		const index = links.findIndex((link) => link === document.activeElement);
		if (index === -1) return;
		const next = nextInGrid(event.key, index, links.length, columnsOf(links));
		if (next === undefined) return;
		event.preventDefault();
		links[next]?.focus();
	};
	grid.addEventListener('keydown', onKeyDown);
	return () => grid.removeEventListener('keydown', onKeyDown);
}

/** From the row above a shorter last row, "down" still goes down. */
function lastRow(index: number, count: number, columns: number): number | undefined {
	return Math.floor(index / columns) < Math.floor((count - 1) / columns) ? count - 1 : undefined;
}

function columnsOf(links: readonly HTMLElement[]): number {
	const top = links[0]?.getBoundingClientRect().top;
	const inFirstRow = links.findIndex((link) => link.getBoundingClientRect().top !== top);
	return inFirstRow === -1 ? Math.max(1, links.length) : inFirstRow;
}
