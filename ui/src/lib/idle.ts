const INPUT_EVENTS = ['pointerdown', 'keydown', 'wheel', 'touchmove'] as const;
const CHECK_INTERVAL = 5_000;

/** Calls `lock` after `minutes` without input, during sleep as well. Returns a function that stops waiting. */
export function whenIdle(minutes: number, lock: () => void): () => void {
  if (!(minutes > 0)) return () => undefined;
  let last = Date.now();
  const check = () => {
    if (Date.now() - last < minutes * 60_000) return;
    stop();
    lock();
  };
  const touched = () => {
    check();
    last = Date.now();
  };
  const timer = setInterval(check, CHECK_INTERVAL);
  document.addEventListener('visibilitychange', check);
  for (const event of INPUT_EVENTS) document.addEventListener(event, touched, { passive: true });
  function stop() {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', check);
    for (const event of INPUT_EVENTS) document.removeEventListener(event, touched);
  }
  return stop;
}
