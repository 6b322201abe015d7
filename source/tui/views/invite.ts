/** The invite as text that can be selected unbroken, and as a QR code. */
import {renderUnicodeCompact} from 'uqr';
import {type Row, span, wrapWords} from '../draw/row.js';
import {type Look} from '../look.js';

/** The invite on as few rows as the width allows, without frames or blanks, so that a selection copies it whole. */
export function inviteRows(invite: string, width: number): readonly Row[] {
	const rows: Row[] = [];
	for (let at = 0; at < invite.length; at += width) rows.push([span(invite.slice(at, at + width), 'strong')]);
	return rows;
}

/** Sentences below the invite, an empty row after each. */
export function inviteHintRows(sentences: readonly string[], width: number): readonly Row[] {
	return sentences.flatMap((sentence) => [
		...wrapWords(sentence, Math.max(10, width)).map((line) => [span(` ${line}`, 'quiet')]),
		[],
	]);
}

/** The QR code, two modules a character; undefined where it does not fit. */
export function qrRows(
	invite: string,
	width: number,
	height: number,
	{colours, signs}: Look,
): readonly Row[] | undefined {
	// Its modules are blocks: no plain font has them, and nobody can hear them.
	if (invite === '' || signs !== 'unicode') return undefined;
	// Without colours the terminal's own background stands for the light modules, which is dark for most: inverted.
	const lines = renderUnicodeCompact(invite, {border: colours ? 2 : 1, ecc: 'L', invert: !colours}).split(
		'\n',
	);
	const columns = lines[0]?.length ?? 0;
	if (columns > width || lines.length > height) return undefined;
	return lines.map((line) => [span(line, colours ? 'paper' : undefined)]);
}

/** The sequence that puts a text into the clipboard of the terminal, also through ssh. */
export function clipboardSequence(content: string): string {
	return `\u001B]52;c;${Buffer.from(content, 'utf8').toString('base64')}\u0007`;
}
