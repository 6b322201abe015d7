/** What the commands that ask a running session print for a person. */
import test from 'ava';
import {reportStatus} from '../../source/core/status-report.js';
import {formatAnswer} from '../../source/cli/format-answer.js';
import {sampleState} from '../helpers/sample-state.js';

test('status has sizes that a person can read', (t) => {
	const state = sampleState();
	const project = {...state.project, files: 1204, bytes: 66_004_994, storeBytes: 1_660_748_200};
	const text = formatAnswer('status', {...reportStatus({...state, project})});
	t.regex(text, /1,204 files {2}66 MB {2}store 1\.7 GB\n/);
});
