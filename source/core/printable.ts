/** Text from outside for one line of a terminal: control characters and odd directions cannot act on it. */
export function printable(value: string | number): string {
	return String(value).replace(
		/(?!\u200d)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
		(character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
	);
}
