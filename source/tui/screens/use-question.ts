import {useState} from 'react';
import {useKeys} from '../hooks/use-keys.js';
import {type Question} from '../views/question.js';

/** One question at a time; while it stands, keys answer it and nothing else. */
export function useQuestion(): {
	readonly question: Question | undefined;
	readonly ask: (question: Question) => void;
	readonly isAsking: boolean;
} {
	const [question, setQuestion] = useState<Question | undefined>();
	useKeys((input) => {
		if (input.type !== 'key') return;
		const answers = (key: string) => question?.choices.find((one) => one.keys.includes(key));
		// Who wants to get out of it may press either.
		const choice = answers(input.key) ?? (input.key === 'ctrl-c' ? answers('escape') : undefined);
		if (!choice) return;
		setQuestion(undefined);
		choice.run();
	}, question !== undefined);
	return {question, ask: setQuestion, isAsking: question !== undefined};
}
