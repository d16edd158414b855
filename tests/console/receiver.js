// A webhook receiver: answers each title with the status that its test sets, otherwise with 204.
import { createServer } from 'node:http';
import { once } from 'node:events';

export const startReceiver = async () => {
  const answers = new Map();
  const titles = [];
  const headers = {};
  const server = createServer(async (request, response) => {
    const { data } = JSON.parse((await request.toArray()).join(''));
    titles.push(data.title);
    response.writeHead(answers.get(data.title) ?? answers.get('*') ?? 204, headers).end();
  });
  // A call on a connection that is being closed because it is idle would fail.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    /** Sets the status for `title`, or with `*` for all other titles. */
    answer: (title, status) => answers.set(title, status),
    /** Sets the handler version that is reported from now on. */
    reportVersion: (version) => {
      headers['Taskline-Handler-Version'] = version;
    },
    titles,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
