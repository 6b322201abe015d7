/** How the screen looks, and the way to change that. */
import {createContext, useContext} from 'react';
import {type Look, plainLook} from '../look.js';

export type LookControl = {
	readonly look: Look;
	/** What the terminal itself says. */
	readonly detected: Look;
	readonly setLook: (look: Look) => void;
};

export const LookContext = createContext<LookControl>({
	look: plainLook,
	detected: plainLook,
	setLook() {},
});

export function useLook(): LookControl {
	return useContext(LookContext);
}
