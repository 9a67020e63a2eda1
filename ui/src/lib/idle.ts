const SIGNS_OF_LIFE = ['pointerdown', 'keydown', 'wheel', 'touchmove'] as const;
const CHECK_EVERY = 5_000;

/** Calls `locked` once nothing was touched for `minutes`; answers how to stop waiting. A device that sleeps counts as idle. */
export function whenIdle(minutes: number, locked: () => void): () => void {
  if (!(minutes > 0)) return () => undefined;
  let last = Date.now();
  const check = () => {
    if (Date.now() - last < minutes * 60_000) return;
    stop();
    locked();
  };
  const alive = () => {
    check();
    last = Date.now();
  };
  const timer = setInterval(check, CHECK_EVERY);
  document.addEventListener('visibilitychange', check);
  for (const sign of SIGNS_OF_LIFE) document.addEventListener(sign, alive, { passive: true });
  function stop() {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', check);
    for (const sign of SIGNS_OF_LIFE) document.removeEventListener(sign, alive);
  }
  return stop;
}
