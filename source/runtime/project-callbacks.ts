import {type Event} from '../core/event.js';
import {type ProjectOptions} from './project/project.js';

/** What a project tells, as events of the session. */
export function projectCallbacks(dispatch: (event: Event) => void): ProjectOptions['callbacks'] {
	return {
		progress: (activity) => dispatch({type: 'project-progressed', activity}),
		dirty: () => dispatch({type: 'disk-changed'}),
		problem: (problem) => dispatch({type: 'problem-found', problem}),
		solved: (problem) => dispatch({type: 'problem-solved', ...problem}),
		editing: (paths) => dispatch({type: 'paths-edited', paths}),
	};
}
