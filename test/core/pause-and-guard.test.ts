/** A pause and a guard at once: what resumes, and what is shown meanwhile. */
import test from 'ava';
import {type Event} from '../../source/core/event.js';
import {selectOverallState} from '../../source/core/status-report.js';
import {ada, of, OneCore} from '../helpers/one-core.js';

const pause: Event = {type: 'commanded', command: {type: 'pause'}};
const resume: Event = {type: 'commanded', command: {type: 'resume', acceptDeletions: true}};
const halt: Event = {type: 'project-halted', code: 'mass_deletion', message: 'gone'};

for (const [title, events] of [
	['a guard, then a pause', [halt, pause]],
	['a pause, then the guard of what was under way', [pause, halt]],
] as const) {
	test(`${title}: the guard is what is shown, and to resume ends both`, (t) => {
		const side = new OneCore(ada);
		side.do({type: 'project-opened', head: '1'.repeat(40), tree: '9'.repeat(40), files: 1, bytes: 1});
		side.do(...events);
		t.is(selectOverallState(side.machine.state), 'halted');
		t.is(of(side.do(resume), 'resume-project').length, 1);
		t.is(of(side.do({type: 'project-resumed'}), 'take-snapshot').length, 1);
		t.deepEqual(side.machine.state.project.mode, {kind: 'running'});
	});
}
