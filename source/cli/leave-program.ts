/** `leave` where no session runs. A part of its own: it opens the folder as a session does, and what that needs loads slowly. */
import {failureSentence} from '../core/text.js';
import {Failure} from '../protocol/failure.js';
import {type ControlAnswer} from '../runtime/control-answer.js';
import {leaveFolder} from '../runtime/leave-folder.js';

/** Answers as a running session would. What is no Failure is a fault of ours and thrown on. */
export async function runLeaveProgram(root: string): Promise<ControlAnswer> {
	try {
		await leaveFolder(root);
		return {result: {left: true}};
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		return {error: {code: error.code, message: failureSentence(error.code, error.details)}};
	}
}
