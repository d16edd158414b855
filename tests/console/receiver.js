// A webhook's receiver: answers each title as its test says, 204 otherwise.
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
  // A connection that is closed for its idleness just as a call comes would be that call's failure.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/hook`,
    /** `title` is answered so; `*` all others. */
    answer: (title, status) => answers.set(title, status),
    /** This version of itself is reported from now on. */
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
