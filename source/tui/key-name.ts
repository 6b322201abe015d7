/** How keys are printed. */
import {type Key} from './keys.js';

const keyNames: Readonly<Record<string, string>> = {
	escape: 'esc',
	up: '↑',
	down: '↓',
	left: '←',
	right: '→',
	'page-up': 'pgup',
	'page-down': 'pgdn',
	' ': 'space',
};

/** A key as it is printed. */
export function keyName(key: Key): string {
	return keyNames[key] ?? key.replace(/^ctrl-(.)$/, (_, letter: string) => `^${letter.toUpperCase()}`);
}
