import test from 'ava';
import {type Event} from '../../source/core/event.js';
import {type Conflict} from '../../source/core/state.js';
import {type ListedConflicts} from '../../source/runtime/project/list-conflicts.js';
import {ProjectDesk} from '../../source/runtime/project-desk.js';

const head = '1'.repeat(40);

function makeDesk() {
	const events: Event[] = [];
	const lists: {answer: (listed: ListedConflicts) => void; fail: (error: Error) => void}[] = [];
	const desk = new ProjectDesk({
		project: {
			conflicts: async () =>
				new Promise<ListedConflicts>((resolve, reject) => lists.push({answer: resolve, fail: reject})),
		},
		log: () => undefined,
		dispatch: (event: Event) => events.push(event),
	} as unknown as ConstructorParameters<typeof ProjectDesk>[0]);
	return {desk, events, lists};
}

test('who asks for the conflicts while they are listed gets that list, and whoever comes later the next one', async (t) => {
	const {desk, events, lists} = makeDesk();
	const asked = [desk.listConflicts(), desk.listConflicts()];
	t.is(lists.length, 1);
	const conflicts: Conflict[] = [];
	lists[0]!.answer({head, conflicts});
	await Promise.all(asked);
	t.deepEqual(events, [{type: 'conflicts-listed', head, conflicts}]);
	const again = desk.listConflicts();
	t.is(lists.length, 2);
	lists[1]!.answer({head: undefined, conflicts});
	await again;
	t.is(events.length, 1, 'without a head there is nothing to tell');
});

test('conflicts that could not be listed are a problem, and can be asked for again', async (t) => {
	const {desk, events, lists} = makeDesk();
	const asked = desk.listConflicts();
	lists[0]!.fail(new Error('EMFILE'));
	await asked;
	t.is(events[0]?.type, 'problem-found');
	void desk.listConflicts();
	t.is(lists.length, 2);
	desk.stop();
});
