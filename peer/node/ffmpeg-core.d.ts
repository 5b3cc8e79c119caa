// The part of @ffmpeg/core that wasm-ffmpeg-worker.ts uses; the package brings no types. Its file system is
// Emscripten's (https://emscripten.org/docs/api_reference/Filesystem-API.html).
declare module '@ffmpeg/core' {
	export interface FileNode {
		readonly id: number;
		readonly mode: number;
		node_ops: {
			getattr(node: FileNode): Record<string, unknown>;
			lookup?(parent: FileNode, name: string): never;
		};
		stream_ops: {
			read?(
				stream: { readonly position: number },
				buffer: Int8Array,
				offset: number,
				length: number,
				position: number,
			): number;
			llseek?(stream: { readonly position: number }, offset: number, whence: number): number;
		};
	}

	export interface FfmpegCore {
		readonly FS: {
			readonly ErrnoError: new (errno: number) => Error;
			createNode(parent: FileNode | null, name: string, mode: number, device: number): FileNode;
			mkdir(path: string): void;
			mount(type: { mount(): FileNode }, options: object, path: string): void;
			unmount(path: string): void;
			readFile(path: string): Uint8Array;
			unlink(path: string): void;
		};
		/** Returns the exit code. */
		exec(...commandLine: string[]): number;
		ffprobe(...commandLine: string[]): number;
		/** Before every run but the first. */
		reset(): void;
		setLogger(logger: (line: { readonly message: string }) => void): void;
	}

	export default function createCore(options: { wasmBinary: Uint8Array }): Promise<FfmpegCore>;
}
