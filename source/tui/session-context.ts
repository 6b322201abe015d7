/** What every screen of a session needs, handed down from the app. */
import {createContext, useContext} from 'react';
import {type Session} from '../core/session.js';
import {type State} from '../core/state.js';
import {type Screen} from './navigation.js';
import {type Question} from './views/question.js';

/** Opens text in the person's editor and answers with what it was left as. */
export type EditText = (file: {readonly name: string; readonly text: string}) => Promise<string>;

export type SessionContextValue = {
	readonly session: Session;
	readonly state: State;
	readonly width: number;
	readonly editText: EditText | undefined;
	readonly open: (screen: Screen) => void;
	readonly back: () => void;
	/** Shows a sentence in the footer for a few seconds. */
	readonly notify: (sentence: string) => void;
	/** Runs work and words its failure in the footer. */
	readonly attempt: (work: () => Promise<void>) => void;
	readonly ask: (question: Question) => void;
};

export const SessionContext = createContext<SessionContextValue | undefined>(undefined);

export function useSession(): SessionContextValue {
	const value = useContext(SessionContext);
	if (!value) throw new Error('A session screen is drawn outside of a session.');
	return value;
}
