import { describe, expect, test } from 'vitest';
import { ServerClock } from '../src/lib/clock';

/** Returns a server's clock that is `ahead` of the counter, and answers that take `latency`. */
function clock(ahead: number) {
  let counter = 100;
  const server = new ServerClock(() => counter);
  return {
    server,
    at: (time: number) => (counter = time),
    answer(latency: number) {
      const sent = counter;
      counter += latency / 2;
      const stamp = Math.floor(counter + ahead);
      counter += latency / 2;
      server.observe(stamp, sent, counter);
    },
    error: () => Math.abs(server.time() - (counter + ahead)),
  };
}

describe('the clock of the server', () => {
  test('is unknown before the first answer', () => {
    const { server } = clock(0);
    expect(server.known).toBe(false);
    expect(server.time()).toBeNaN();
  });

  test.each([0.1, 0.5, 0.999, 1e6 + 0.3, -40.7])('is right within a second after one answer, %d s ahead', (ahead) => {
    const it = clock(ahead);
    it.answer(0.2);
    expect(it.error()).toBeLessThan(0.65);
  });

  test('gets more precise with each answer', () => {
    const it = clock(5000.37);
    for (const time of [100.1, 105.35, 111.6, 119.88, 126.2]) {
      it.at(time);
      it.answer(0.05);
    }
    expect(it.error()).toBeLessThan(0.2);
  });

  test('follows the latest answer when the server’s clock was set', () => {
    const it = clock(10.5);
    it.answer(0.1);
    const { server } = it;
    server.observe(5000, 100.2, 100.3);
    it.at(100.3);
    expect(Math.abs(server.time() - 5000)).toBeLessThan(1.1);
  });

  test('is discarded after a sleep', () => {
    const it = clock(1);
    it.answer(0.1);
    it.server.reset();
    expect(it.server.known).toBe(false);
  });
});
