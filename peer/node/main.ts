// The headless peer as a program: `npm run start:peer -- --media-dir /films`. Owns the process: its command line,
// its terminal or log, its signals, its exit code. The peer itself is put together in headless-peer.ts.
import { ConfigError, formatHelp } from '../../bus/configuration.ts';
import { onEndingSignals } from '../../bus/ending-signals.ts';
import { openLog, type Log } from '../../bus/pino-log.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import type { PeerSnapshot } from '../peer.ts';
import { peerSettings, readPeerConfig, type PeerConfig } from './config.ts';
import { startHeadlessPeer, type HeadlessPeer } from './headless-peer.ts';
import { identifiedLog } from './identified-log.ts';
import { changesBetween, progressLine } from './progress.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/** What the program ends with. */
const exitCodes = { failed: 1, wrongSettings: 2, refused: 3, signalledTwice: 130 } as const;
/** Whatever does not end by itself in this time is left to the system. */
const endingTimeoutMs = 5_000;
/** How often the line about now is drawn; the time to the next attempt counts down in it. */
const drawIntervalMs = 500;

const usage =
	'Giggityflix, headless peer: shares the films of directories without a browser.\n\n' +
	'npm run start:peer -- --media-dir <directory> [--media-dir <directory> …]\n\n' +
	`Exit codes: ${exitCodes.failed} could not run, ${exitCodes.wrongSettings} wrong settings, ` +
	`${exitCodes.refused} refused by the edge for good.`;

const commandLine = process.argv.slice(2);
if (commandLine.includes('--help')) console.log(formatHelp(usage, peerSettings.describeConfig()));
else await run();

async function run(): Promise<void> {
	const terminal = process.stdout.isTTY
		? createTerminal(process.stdout, () => new Date().toTimeString().slice(0, 8))
		: undefined;
	try {
		const config = readPeerConfig({
			env: process.env,
			commandLine,
			// npm runs scripts in the project's directory and says here where the person was.
			workingDirectory: process.env['INIT_CWD'] ?? process.cwd(),
		});
		let ownId: string | undefined;
		const log = terminal?.log ?? identifiedLog(openJsonLog(config), () => ownId);
		const running = await startHeadlessPeer(config, log);
		const noteId = () => (ownId = running.peer.snapshot().identity?.peerId);
		running.peer.subscribe(noteId);
		noteId();
		const end = endOnce(running, log, report(running, log, terminal));
		onEndingSignals(process, () => performance.now(), {
			onFirst: () => end(0),
			onAgain: () => process.exit(exitCodes.signalledTwice),
		});
		const leave = running.peer.subscribe(() => {
			if (!isRefusedForGood(config, running.peer.snapshot())) return;
			leave();
			log.error(`PEER_ID=${config.chosenPeerId ?? ''} belongs to another key; choose another name`);
			end(exitCodes.refused);
		});
	} catch (caught) {
		terminal?.close();
		console.error(explain(caught));
		process.exit(caught instanceof ConfigError ? exitCodes.wrongSettings : exitCodes.failed);
	}
}

function openJsonLog({ logLevel }: PeerConfig): Log {
	return openLog(logLevel).child({ program: 'peer' });
}

/** Ends in order at the first call, and after a while whatever happens; later calls do nothing. */
function endOnce(
	running: HeadlessPeer,
	log: Pick<Log, 'info' | 'error'>,
	stopReporting: () => void,
): (exitCode: number) => void {
	let isEnding = false;
	return (exitCode) => {
		if (isEnding) return;
		isEnding = true;
		// That the edge is gone is no news any more, and nothing is tried again.
		stopReporting();
		log.info('ending');
		setTimeout(() => process.exit(exitCodes.failed), endingTimeoutMs).unref();
		running.stop().then(
			() => process.exit(exitCode),
			(error: unknown) => {
				log.error('did not end cleanly', { error: String(error) });
				process.exit(exitCodes.failed);
			},
		);
	};
}

/** Tells of every change, and on a terminal of what goes on now. What it answers stops that. */
function report(
	{ peer }: HeadlessPeer,
	log: Pick<Log, 'info' | 'warn'>,
	terminal: Terminal | undefined,
): () => void {
	let before: PeerSnapshot | undefined;
	const tell = () => {
		const after = peer.snapshot();
		for (const { level, message, fields } of changesBetween(before, after)) {
			log[level](message, fields);
		}
		before = after;
	};
	const unsubscribe = peer.subscribe(tell);
	tell();
	const draw = () => terminal?.show(progressLine(peer.snapshot(), peer.items(), Date.now()));
	const drawing = setInterval(draw, drawIntervalMs).unref();
	return () => {
		unsubscribe();
		clearInterval(drawing);
		terminal?.close();
	};
}

/** Somebody else has the name and trying again will not change that. */
function isRefusedForGood({ chosenPeerId }: PeerConfig, { edge }: PeerSnapshot): boolean {
	return (
		chosenPeerId !== undefined && edge.kind === 'offline' && edge.refused === 'permission-denied'
	);
}

function explain(caught: unknown): string {
	if (caught instanceof ConfigError) return caught.message;
	const error = GiggityflixError.from(caught);
	if (error.code === 'already-exists') {
		return 'Another peer is using this DATA_DIR. Stop it, or choose another directory.';
	}
	if (error.code !== 'internal')
		return `The peer could not start: ${error.message} (${error.code})`;
	return `The peer could not start: ${error.stack ?? error.message}`;
}
