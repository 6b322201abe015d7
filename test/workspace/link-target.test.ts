import test from 'ava';
import {findLinkFault} from '../../source/workspace/link-target.js';

for (const [path, target, isFault] of [
	['l', 'd', false],
	['l', './d//e/.', false],
	['a/b/l', '../../d', false],
	['a/b/l', './../d', false],
	['l', '..', true],
	['a/l', '../..', true],
	['l', '/d', true],
	['l', 'C:d', true],
	['l', 'a/.git/config', true],
	// The name before it may be a link: with `d -> .`, the first of these is above the root.
	['l1', 'd/..', true],
	['l2', 'l1/../x', true],
	['a/l', '../d/../e', true],
	['l', 'd\\..\\e', true],
] as const) {
	test(`a link at ${path} to ${target} ${isFault ? 'may leave' : 'stays in'} the root`, (t) => {
		t.is(findLinkFault(path, target), isFault ? 'link_leaves_root' : undefined);
	});
}
