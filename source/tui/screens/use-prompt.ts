import {useState} from 'react';
import {useKeys} from '../hooks/use-keys.js';
import {editField, fieldValue, type TextField, textField} from '../text-field.js';
import {type Prompt} from '../views/prompt.js';

type Typing = {readonly prompt: Prompt; readonly field: TextField};

/** One line to type at a time; while it stands, keys go into it and nowhere else. */
export function usePrompt(): {
	readonly typing: Typing | undefined;
	readonly prompt: (prompt: Prompt) => void;
} {
	const [typing, setTyping] = useState<Typing | undefined>();
	useKeys((input) => {
		if (!typing) return;
		const {prompt, field} = typing;
		if (input.type === 'key' && (input.key === 'escape' || input.key === 'ctrl-c')) {
			setTyping(undefined);
			prompt.cancelled?.();
			return;
		}
		if (input.type === 'key' && input.key === 'enter') {
			setTyping(undefined);
			prompt.done(fieldValue(field));
			return;
		}
		const edited = editField(field, input);
		if (edited === field) return;
		setTyping({prompt, field: edited});
		prompt.changed?.(fieldValue(edited));
	}, typing !== undefined);
	return {
		typing,
		prompt: (prompt) => setTyping({prompt, field: textField(prompt.value)}),
	};
}
