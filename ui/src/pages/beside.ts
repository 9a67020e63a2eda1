// The pages that the list of accounts does without, in one piece that is loaded when the first of them is opened.
export { default as add } from './Add.svelte';
export { default as edit } from './Edit.svelte';
export { default as groups } from './Groups.svelte';
export { default as lostDevice } from './Lost.svelte';
export { default as lostPassword } from './Lost.svelte';
export { default as error } from './Missing.svelte';
export { default as missing } from './Missing.svelte';
export { default as recover } from './Recover.svelte';
export { default as register } from './Register.svelte';
export { default as reset } from './Reset.svelte';
export { default as settings } from './Settings.svelte';
export { default as setup } from './Register.svelte';
export { default as login } from './SignIn.svelte';
