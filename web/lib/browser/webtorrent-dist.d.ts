// The file webtorrent publishes for browsers, with the types of the part that is used.
declare module 'webtorrent/dist/webtorrent.min.js' {
	const WebTorrent: new (
		options: import('../../../peer/webtorrent/webtorrent.ts').ClientOptions,
	) => import('../../../peer/webtorrent/webtorrent.ts').WebTorrent;
	export default WebTorrent;
}
