// What is final when somebody who sends a film fails. Pure.
import type { ErrorCode } from '../../../proto/errors.ts';

const finalCodes: readonly ErrorCode[] = ['corrupt', 'not-found', 'permission-denied'];

/** Whether no waiting puts it right: asked again, the same one fails the same way. */
export function isFinal(reason: ErrorCode): boolean {
	return finalCodes.includes(reason);
}
