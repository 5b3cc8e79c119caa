// Reads bencoding (https://www.bittorrent.org/beps/bep_0003.html#bencoding) strictly: one spelling for each
// value, keys in order and once, nothing behind the end. Strings are views of the input, and depth and number
// of values are bounded, so a few bytes cannot ask for much memory. Knows no torrent.
import { GiggityflixError } from '../../proto/errors.ts';

export type BencodeValue = number | Uint8Array | BencodeList | BencodeDictionary;
export type BencodeList = readonly BencodeValue[];

export interface BencodeDictionary {
	/** By the key's bytes as latin 1. */
	readonly entries: ReadonlyMap<string, BencodeValue>;
	/** The dictionary as it was written, for its hash. */
	readonly bytes: Uint8Array;
}

export interface BencodeLimits {
	readonly maxDepth: number;
	readonly maxValues: number;
}

/** Throws `invalid-argument` when it is no bencoding, `resource-exhausted` beyond the limits. */
export function readBencode(bytes: Uint8Array, limits: BencodeLimits): BencodeValue {
	const reader: Reader = { bytes, limits, at: 0, values: 0 };
	const value = readValue(reader, 0);
	if (reader.at !== bytes.length) throw malformed(reader, 'bytes behind the end');
	return value;
}

export function isDictionary(value: BencodeValue | undefined): value is BencodeDictionary {
	return typeof value === 'object' && 'entries' in value && value.entries instanceof Map;
}

interface Reader {
	readonly bytes: Uint8Array;
	readonly limits: BencodeLimits;
	at: number;
	values: number;
}

const byte = {
	dash: 0x2d,
	zero: 0x30,
	nine: 0x39,
	colon: 0x3a,
	d: 0x64,
	e: 0x65,
	i: 0x69,
	l: 0x6c,
};
/** More digits leave the integers a number holds exactly. */
const maxDigits = 16;
/** Some clients key dictionaries by hashes and paths; a megabyte of key is no key. */
const maxKeyBytes = 1024;

function readValue(reader: Reader, depth: number): BencodeValue {
	reader.values += 1;
	if (depth > reader.limits.maxDepth || reader.values > reader.limits.maxValues) {
		throw new GiggityflixError('resource-exhausted', 'too many values, or too deep');
	}
	const first = reader.bytes[reader.at];
	if (first === byte.i) return readInteger(reader);
	if (first === byte.l) return readList(reader, depth);
	if (first === byte.d) return readDictionary(reader, depth);
	return readString(reader);
}

function readInteger(reader: Reader): number {
	reader.at += 1;
	const isNegative = reader.bytes[reader.at] === byte.dash;
	if (isNegative) reader.at += 1;
	const magnitude = readDigits(reader, byte.e);
	if (isNegative && magnitude === 0) throw malformed(reader, 'minus zero');
	return isNegative ? -magnitude : magnitude;
}

function readString(reader: Reader): Uint8Array {
	const length = readDigits(reader, byte.colon);
	const end = reader.at + length;
	if (end > reader.bytes.length) throw malformed(reader, 'a string beyond the end');
	const string = reader.bytes.subarray(reader.at, end);
	reader.at = end;
	return string;
}

function readList(reader: Reader, depth: number): BencodeList {
	reader.at += 1;
	const list: BencodeValue[] = [];
	while (!isAtEnd(reader)) list.push(readValue(reader, depth + 1));
	return list;
}

function readDictionary(reader: Reader, depth: number): BencodeDictionary {
	const start = reader.at;
	reader.at += 1;
	const entries = new Map<string, BencodeValue>();
	let lastKey: string | undefined;
	while (!isAtEnd(reader)) {
		const keyBytes = readString(reader);
		if (keyBytes.length > maxKeyBytes) throw malformed(reader, 'a key too long');
		const key = latin1(keyBytes);
		if (lastKey !== undefined && key <= lastKey) throw malformed(reader, 'keys out of order');
		lastKey = key;
		entries.set(key, readValue(reader, depth + 1));
	}
	return { entries, bytes: reader.bytes.subarray(start, reader.at) };
}

/** Takes the "e" when it is there. */
function isAtEnd(reader: Reader): boolean {
	if (reader.bytes[reader.at] !== byte.e) return false;
	reader.at += 1;
	return true;
}

/** Digits up to `end`, which is taken too. */
function readDigits(reader: Reader, end: number): number {
	const start = reader.at;
	let value = 0;
	for (;;) {
		const digit = reader.bytes[reader.at] ?? 0;
		if (digit < byte.zero || digit > byte.nine) break;
		value = value * 10 + (digit - byte.zero);
		reader.at += 1;
		if (reader.at - start > maxDigits) throw malformed(reader, 'too many digits');
	}
	const length = reader.at - start;
	const hasLeadingZero = length > 1 && reader.bytes[start] === byte.zero;
	if (length === 0 || hasLeadingZero || reader.bytes[reader.at] !== end) {
		throw malformed(reader, 'not a number');
	}
	if (!Number.isSafeInteger(value)) throw malformed(reader, 'a number beyond 2^53');
	reader.at += 1;
	return value;
}

/** Compares as the bytes do, which decoded UTF-8 does not. */
function latin1(bytes: Uint8Array): string {
	let text = '';
	for (const code of bytes) text += String.fromCharCode(code);
	return text;
}

function malformed(reader: Reader, what: string): GiggityflixError {
	return new GiggityflixError('invalid-argument', `${what}, at byte ${reader.at}`);
}
