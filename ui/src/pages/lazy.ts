// All pages but the list of accounts, in one chunk that is loaded when the first of them is opened.
export { default as add } from './Add.svelte';
export { default as edit } from './Edit.svelte';
export { default as export } from './Export.svelte';
export { default as groups } from './Groups.svelte';
export { default as import } from './Import.svelte';
export { default as lostDevice } from './LostAccess.svelte';
export { default as lostPassword } from './LostAccess.svelte';
export { default as error } from './NotFound.svelte';
export { default as missing } from './NotFound.svelte';
export { default as recover } from './Recover.svelte';
export { default as register } from './Register.svelte';
export { default as reset } from './Reset.svelte';
export { default as settings } from './Settings.svelte';
export { default as setup } from './Register.svelte';
export { default as login } from './SignIn.svelte';
