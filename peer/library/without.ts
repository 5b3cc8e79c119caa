// Records are never changed in place, and an optional field that is gone is absent, not `undefined`.

/** A copy of the record without some fields. */
export function without<Record extends object, Field extends keyof Record>(
	record: Record,
	...fields: readonly Field[]
): Omit<Record, Field> {
	const copy = { ...record };
	for (const field of fields) Reflect.deleteProperty(copy, field);
	return copy;
}
