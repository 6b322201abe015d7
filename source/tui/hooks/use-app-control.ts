/** What a screen can ask of the terminal that it is drawn on. */
import {createContext, useContext} from 'react';

export type AppControl = {
	/** Stops the program until the shell continues it. */
	suspend(): void;
	/** Draws everything anew. */
	redraw(): void;
	/** Writes a sequence that is not drawn, such as one for the clipboard. */
	write(text: string): void;
	/** Gives the terminal to something else while it runs. */
	lend<T>(work: () => Promise<T>): Promise<T>;
};

export const AppControlContext = createContext<AppControl>({
	suspend() {},
	redraw() {},
	write() {},
	lend: (work) => work(),
});

export function useAppControl(): AppControl {
	return useContext(AppControlContext);
}
