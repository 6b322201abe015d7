/** In place of the child: says what no parent understands. */
import {Socket} from 'node:net';
import {pipeFd} from '../../../../source/transport/ice/child-pipe.js';

const pipe = new Socket({fd: pipeFd});
pipe.write(Buffer.alloc(1000, 0xee));
pipe.resume();
