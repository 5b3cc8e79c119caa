// Which version of a file something belongs to: size and time of the last change, as every platform tells them. Pure.

export interface FileVersion {
	readonly sizeBytes: number;
	readonly modifiedAtMs: number;
}

/** Whether what was learnt of one still holds for the other, of the same path. */
export function isSameVersion(one: FileVersion, other: FileVersion): boolean {
	return one.sizeBytes === other.sizeBytes && one.modifiedAtMs === other.modifiedAtMs;
}
