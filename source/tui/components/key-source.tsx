/**
 * The one reader of the keyboard. Screens come and go below it without raw mode being switched off between them, and
 * keys that arrive together are handed on one by one, each to what the one before it left on the screen.
 */
import {useInput} from 'ink';
import {type ReactNode, useEffect, useRef, useState} from 'react';
import {KeysContext, type KeyListener} from '../hooks/use-keys.js';
import {type Input, type PasteState, readInput} from '../keys.js';

/** Inputs that wait; whoever sends more has no finger on a keyboard. */
const maxQueued = 1024;

export function KeySource({children}: {readonly children: ReactNode}) {
	const [listeners] = useState(() => new Set<KeyListener>());
	const paste = useRef<PasteState>(undefined);
	const queue = useRef<Input[]>([]);
	const isBusy = useRef(false);
	const [handled, setHandled] = useState(0);
	const handleNext = () => {
		const input = queue.current.shift();
		if (!input) return;
		isBusy.current = true;
		for (const listener of [...listeners]) listener.current(input);
		// Drawn together with whatever the input changed; only then the next one is looked at.
		setHandled((count) => count + 1);
	};
	useEffect(() => {
		isBusy.current = false;
		handleNext();
	}, [handled]);
	useInput((chunk, key) => {
		const read = readInput(paste.current, chunk, key);
		paste.current = read.paste;
		queue.current.push(...read.inputs.slice(0, maxQueued - queue.current.length));
		if (!isBusy.current) handleNext();
	});
	return <KeysContext value={listeners}>{children}</KeysContext>;
}
