// What every page owes everybody: nothing axe can find at both widths and in both colours, and nothing wider than the
// screen.
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

const widths = [1280, 390];

/** Works in the page itself, which has no frames of others: the other mode opens a page for each result. */
const axeOn = (page: Page) => new AxeBuilder({ page }).setLegacyMode();

/** At both widths and in both colours. The second colours can only break what depends on colours. */
export async function expectAccessible(page: Page) {
	for (const width of widths) {
		await page.setViewportSize({ width, height: 844 });
		await page.emulateMedia({ colorScheme: 'light' });
		await expectNoViolations(page, axeOn(page).withTags(rules));
		await page.emulateMedia({ colorScheme: 'dark' });
		await expectNoViolations(page, axeOn(page).withRules(['color-contrast']));
	}
}

async function expectNoViolations(page: Page, axe: AxeBuilder) {
	// Colours on their way to other colours are not judged. They are not waited for: a page that draws nothing new, as one
	// behind another, may never come to the end.
	await page.evaluate(() => {
		for (const animation of document.getAnimations()) {
			if (animation.effect?.getComputedTiming().endTime !== Infinity) animation.finish();
		}
	});
	const { violations } = await axe.analyze();
	const found = violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) }));
	expect(found, `on ${page.url()}`).toEqual([]);
}

/** Nothing on the page is wider than the screen. */
export async function expectNoSidewaysScroll(page: Page) {
	const [content, room] = await page.evaluate(() => {
		const { scrollWidth, clientWidth } = document.documentElement;
		return [scrollWidth, clientWidth] as const;
	});
	expect(content, `on ${page.url()}`).toBeLessThanOrEqual(room);
}
