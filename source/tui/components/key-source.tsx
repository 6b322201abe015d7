/**
 * The one reader of the keyboard. Screens come and go below it, and keys that arrive together are handed on one by one,
 * each to what the one before it left on the screen.
 *
 * Not Ink's own input hook: Ink 6 throws where a control sequence has a control modifier and no name that it knows, such
 * as control and F5 on some terminals, and takes a slow line's arrow key for an escape and a letter.
 */
import {useStdin} from 'ink';
import {type ReactNode, useEffect, useRef, useState} from 'react';
import {KeysContext, type KeyListener} from '../hooks/use-keys.js';
import {type Input, KeyDecoder} from '../keys.js';
import {keyboardOf} from '../terminal/keyboard.js';

/** Inputs that wait. Where more come than can be drawn, the newest are what a person means by now. */
const maxQueued = 256;

export function KeySource({children}: {readonly children: ReactNode}) {
	const {stdin} = useStdin();
	const [listeners] = useState(() => new Set<KeyListener>());
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
		isBusy.current = queue.current.length > 0;
		// A turn of the loop for each: many keys at once are many pictures, and the peers are not to wait for all of them.
		if (isBusy.current) setImmediate(handleNext);
	}, [handled]);
	useEffect(
		() =>
			readKeyboard(stdin, (inputs) => {
				queue.current = [...queue.current, ...inputs].slice(-maxQueued);
				if (!isBusy.current) handleNext();
			}),
		[stdin],
	);
	return <KeysContext value={listeners}>{children}</KeysContext>;
}

/** Reads until it is ended by what it returns; raw mode is the terminal's business, and outlives this. */
function readKeyboard(stdin: NodeJS.ReadStream, take: (inputs: readonly Input[]) => void): () => void {
	const decoder = new KeyDecoder();
	let timer: NodeJS.Timeout | undefined;
	const read = () => {
		clearTimeout(timer);
		for (let chunk: unknown = stdin.read(); typeof chunk === 'string'; chunk = stdin.read())
			take(decoder.push(chunk));
		const {waitMs} = decoder;
		if (waitMs !== undefined) timer = setTimeout(() => take(decoder.flush()), waitMs);
	};
	stdin.setEncoding('utf8');
	stdin.ref();
	const stopListening = keyboardOf(stdin).listen(read);
	return () => {
		clearTimeout(timer);
		stopListening();
		stdin.unref();
	};
}
