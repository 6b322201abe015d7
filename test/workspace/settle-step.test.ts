import test from 'ava';
import {absent} from '../../source/protocol/content.js';
import {settleMs} from '../../source/workspace/disk-entry.js';
import {isSettled} from '../../source/workspace/settle-step.js';
import {type Work} from '../../source/workspace/step-work.js';

/** A removal whose file lost its name so long ago. */
function removed(agoMs: number): Work {
	const sinceMs = Date.now() - agoMs;
	const stat = {size: 4, mtimeNs: 5n, ctimeNs: 5n, ino: 6n, seenAtMs: sinceMs};
	const step = {path: 'p', expect: absent, write: absent};
	return {step, result: {kind: 'done', kept: {path: '/tmp/spare', stat, sinceMs}}};
}

test('what was removed is kept as long as what was replaced', (t) => {
	t.false(isSettled([removed(1000), removed(0)]));
	t.true(isSettled([removed(1000), removed(settleMs + 1)]));
});
