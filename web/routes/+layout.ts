// A static app: everything happens in the browser.
export const ssr = false;
export const prerender = false;
