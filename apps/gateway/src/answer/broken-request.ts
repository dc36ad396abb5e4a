import type { Socket } from 'node:net';
import type { ErrorCode } from '@kervan/contracts';
import { ERRORS } from '@kervan/contracts';
import { traceIdOf } from '../input/trace.ts';
import { SECURITY_HEADERS } from './headers.ts';
import { problemOf } from './problem.ts';

const CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** Answers what is not even HTTP (or came too slowly, or too large): there is no request yet, only a socket. */
export const answerBrokenRequest = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return;
  const code = CODES[error.code ?? ''] ?? 'bad_request';
  const { status } = ERRORS[code];
  const body = JSON.stringify(problemOf({ code }, { language: 'en', instance: '/', traceId: traceIdOf(undefined) }));
  socket.end(
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Bad Request'}\r\ncontent-type: application/problem+json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n${SECURITY}connection: close\r\n\r\n${body}`,
  );
};

const SECURITY = Object.entries(SECURITY_HEADERS)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');
const REASONS: Readonly<Record<number, string>> = { 408: 'Request Timeout', 431: 'Request Header Fields Too Large' };
