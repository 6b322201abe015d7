/** Which folder's session is to run, and how it begins. */
import {type SessionMode} from '../runtime/session-options.js';
import {type Choices} from './choices.js';

export type Target = {readonly folder: string; readonly mode: SessionMode; readonly choices: Choices};
