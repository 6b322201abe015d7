/** How the screen looks: what the terminal, the environment and the person's settings say about it. Pure. */

export type Look = {
	readonly colours: boolean;
	/** What the terminal's background is taken for: some of its colours cannot be read on the other. */
	readonly background: 'dark' | 'light';
	/** `ascii`: no sign that a plain font lacks. `spoken`: nor frames and graphs, for screen readers. */
	readonly signs: 'unicode' | 'ascii' | 'spoken';
};

/** What a person may want whatever the terminal says. */
export type LookWishes = {
	readonly background?: 'dark' | 'light';
	readonly signs?: Look['signs'];
};

/** COLORFGBG is `foreground;background` by number: 7 and from 9 on are light. */
export function backgroundOf(colorFgBg: string | undefined): 'dark' | 'light' {
	const number = Number(colorFgBg?.split(';').at(-1) || Number.NaN);
	return number === 7 || number >= 9 ? 'light' : 'dark';
}

export const plainLook: Look = {colours: true, background: 'dark', signs: 'unicode'};
