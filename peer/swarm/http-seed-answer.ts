// Whether what a web server answers is the range it was asked for (RFC 9110, 14). Rule: 206, or 200 where the range is
// the whole file; what it says of the range has to be true, where a page may read it at all. Pure.
import { GiggityflixError, type ErrorCode } from '../../proto/errors.ts';

export interface AskedRange {
	readonly offsetBytes: number;
	readonly lengthBytes: number;
	/** Of the file. */
	readonly sizeBytes: number;
}

/** `undefined`: its body may be read. */
export function httpAnswerProblem(
	{ status, headers }: Pick<Response, 'status' | 'headers'>,
	asked: AskedRange,
): GiggityflixError | undefined {
	if (status === 206) return rangeProblem(headers.get('content-range'), asked);
	const isWhole = asked.offsetBytes === 0 && asked.lengthBytes === asked.sizeBytes;
	switch (status) {
		case 200:
			return isWhole ? undefined : problem('unsupported', 'sends files whole only');
		case 401:
		case 403:
			return problem('permission-denied', 'refuses the file');
		case 404:
		case 410:
			return problem('not-found', 'has no such file');
		case 416:
			return problem('corrupt', 'has a shorter file');
		default:
			return problem('unavailable', `answers ${String(status)}`);
	}
}

/** Another origin shows the header only to pages it names it to. */
function rangeProblem(
	written: string | null,
	{ offsetBytes, lengthBytes, sizeBytes }: AskedRange,
): GiggityflixError | undefined {
	if (written === null) return undefined;
	const range = `bytes ${String(offsetBytes)}-${String(offsetBytes + lengthBytes - 1)}/`;
	const isRight = [`${range}*`, `${range}${String(sizeBytes)}`].includes(written.toLowerCase());
	return isRight ? undefined : problem('corrupt', 'sends another range');
}

const problem = (code: ErrorCode, what: string) =>
	new GiggityflixError(code, `the HTTP seed ${what}`);
