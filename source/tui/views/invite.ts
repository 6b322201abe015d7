/** The invite as text that can be selected unbroken, and as a QR code. */
import {encode} from 'uqr';
import {type Row, span, wrapWords} from '../draw/row.js';
import {type Look} from '../look.js';

/** The invite on as few rows as the width allows, without frames or blanks, so that a selection copies it whole. */
export function inviteRows(invite: string, width: number): readonly Row[] {
	const rows: Row[] = [];
	for (let at = 0; at < invite.length; at += width) rows.push([span(invite.slice(at, at + width), 'strong')]);
	return rows;
}

/** Sentences below the invite, an empty row after each where the height allows it. */
export function inviteHintRows(
	sentences: readonly string[],
	{width, height}: {readonly width: number; readonly height: number},
): readonly Row[] {
	const said = sentences.map((sentence) =>
		wrapWords(sentence, Math.max(10, width)).map((line): Row => [span(` ${line}`, 'quiet')]),
	);
	const spaced = said.flatMap((rows): readonly Row[] => [...rows, []]);
	return spaced.length > height ? said.flat() : spaced;
}

/** The QR code, two modules a character; undefined where it does not fit. */
export function qrRows(
	invite: string,
	width: number,
	height: number,
	{colours, background, signs}: Look,
): readonly Row[] | undefined {
	// Its modules are blocks: no plain font has them, and nobody can hear them.
	if (invite === '' || signs !== 'unicode') return undefined;
	const {data, size} = encode(invite, {border: quietZone, ecc: 'L'});
	if (size > width || size > height * 2) return undefined;
	// Ink is light on paper and on a dark terminal, so the light modules are drawn; on a light one the dark ones are.
	const drawsLight = colours || background === 'dark';
	const isInked = (x: number, y: number) => (data[y]?.[x] ?? false) !== drawsLight;
	return Array.from({length: Math.ceil(size / 2)}, (_, row) => {
		const cells = Array.from({length: size}, (__, x) =>
			halfBlock(isInked(x, row * 2), isInked(x, row * 2 + 1)),
		);
		return [span(cells.join(''), colours ? 'paper' : undefined)];
	});
}

/** Modules of light round the code, without which cameras do not find it. */
const quietZone = 2;

function halfBlock(upper: boolean, lower: boolean): string {
	if (upper) return lower ? '█' : '▀';
	return lower ? '▄' : ' ';
}

/** The sequence that puts a text into the clipboard of the terminal, also through ssh. */
export function clipboardSequence(content: string): string {
	return `\u001B]52;c;${Buffer.from(content, 'utf8').toString('base64')}\u0007`;
}
