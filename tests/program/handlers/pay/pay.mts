import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

async function pay(task: Task, _cents: number): Promise<string> {
  const bank = connect(Number(process.env['BANK_PORT']), '127.0.0.1');
  bank.write(`${task.task_id} ${task.attempt} ${process.pid}\n`);
  const [word, receipt] = (await text(bank)).trim().split(' ');
  if (word === 'away') throw new Unavailable('the bank is away');
  if (word !== 'paid' || receipt === undefined) throw new Error(`the bank answered ${word}`);
  return receipt;
}
