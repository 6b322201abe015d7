/**
 * Text from other people's machines (names, paths, reasons) made safe to draw: no control, bidi or zero-width
 * formatting characters, so that nobody can move the cursor, recolour the screen or dress one name up as another.
 */

// C0 and C1 controls, soft hyphen, Arabic letter mark, Mongolian vowel separator, zero-width space, marks, line and
// paragraph separators, embeddings, overrides, isolates, word joiner and invisible operators, BOM, interlinear
// anchors, tags and variation selectors of the supplement. The zero-width joiner stays: emoji need it.
const unsafe =
	/[\u0000-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u200C\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E01EF}]/gu;

// No mark stacks deeper than a real script needs: one cell cannot paint over its neighbours.
const stackedMarks = /(\p{M}{4})\p{M}+/gu;

/** The text on one line without anything that a terminal would act on; tabs become one space. */
export function cleanText(text: string): string {
	// Nothing that is drawn on one line needs more; the limit keeps the patterns cheap on hostile input.
	return text
		.slice(0, 4096)
		.replace(/\p{Surrogate}/gu, '\uFFFD')
		.replace(/[\t\n\r]+/g, ' ')
		.replace(unsafe, '')
		.replace(stackedMarks, '$1');
}

/** One line of a file: tabs widened to the next stop of four, everything else as `cleanText`. */
export function cleanLine(line: string): string {
	let column = 0;
	let out = '';
	for (const [index, part] of line.slice(0, 4096).split('\t').entries()) {
		if (index > 0) {
			const gap = 4 - (column % 4);
			out += ' '.repeat(gap);
			column += gap;
		}
		const clean = cleanText(part);
		out += clean;
		column += clean.length;
	}
	return out;
}
