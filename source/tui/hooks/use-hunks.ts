import {useEffect, useState} from 'react';
import {type Chunk} from '../diff-lines.js';
import {type Choice, type Choices, nextChange, openChunks} from '../hunks.js';

export type Hunks = {
	readonly choices: Choices;
	/** The difference that keys are for; undefined where nothing differs. */
	readonly focus: number | undefined;
	readonly move: (step: 1 | -1) => void;
	/** Chooses for the difference in focus and goes to the next that is open; answers with all choices then. */
	readonly choose: (choice: Choice) => Choices;
};

/**
 * What is chosen for each difference of one comparison. `key` tells comparisons apart: another one starts anew, and `lost` is
 * called where choices had been made.
 */
export function useHunks(key: string, chunks: readonly Chunk[], lost: () => void): Hunks {
	const fresh = {key, choices: new Map<number, Choice>(), focus: undefined as number | undefined};
	const [stored, setStored] = useState(fresh);
	const state = stored.key === key ? stored : fresh;
	useEffect(() => {
		if (stored.key === key) return;
		setStored(fresh);
		if (stored.choices.size > 0) lost();
	}, [key]);
	const focus = state.focus ?? openChunks(chunks, state.choices)[0] ?? nextChange(chunks, undefined, 1);
	return {
		choices: state.choices,
		focus,
		move: (step) => setStored({...state, focus: nextChange(chunks, focus, step)}),
		choose(choice) {
			if (focus === undefined) return state.choices;
			const choices = new Map(state.choices).set(focus, choice);
			const open = openChunks(chunks, choices);
			setStored({key, choices, focus: open.find((index) => index > focus) ?? open[0] ?? focus});
			return choices;
		},
	};
}
