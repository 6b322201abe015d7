/** The signs of the screen for fonts that lack them, column by column, and for ears. Pure. */
import {type Look} from '../look.js';

const ascii: Readonly<Record<string, string>> = {
	'─': '-',
	'│': '|',
	'╭': '+',
	'╮': '+',
	'╰': '+',
	'╯': '+',
	'┤': '+',
	'┼': '+',
	'━': '=',
	'╌': '.',
	'▎': '|',
	'●': '*',
	'◐': 'o',
	'○': '-',
	'▸': '>',
	'↓': 'v',
	'↑': '^',
	'→': '>',
	'←': '<',
	'↔': '/',
	'✓': '+',
	'×': 'x',
	'‖': '=',
	'⋯': ':',
	'…': '~',
	'–': '-',
	'−': '-',
	'·': '-',
};

/** What only fills the eye: frames, bars and graphs. */
const frames = /[─│╭╮╰╯┤┼━╌▎\u2800-\u28FF]/gu;
const known = /[─│╭╮╰╯┤┼━╌▎●◐○▸↓↑→←↔✓×‖⋯…–−·\u2800-\u28FF]/gu;

/** The text with as many columns as before. */
export function withSigns(text: string, signs: Look['signs']): string {
	if (signs === 'unicode') return text;
	const heard = signs === 'spoken' ? text.replace(frames, ' ') : text;
	return heard.replace(known, (sign) => ascii[sign] ?? dots(sign));
}

/** A braille cell by how full it is. */
function dots(sign: string): string {
	let bits = (sign.codePointAt(0) ?? 0x2800) - 0x2800;
	let count = 0;
	for (; bits > 0; bits >>= 1) count += bits & 1;
	if (count === 0) return ' ';
	return count <= 2 ? '.' : count <= 5 ? ':' : '#';
}
