import { mount } from 'svelte';
import App from './App.svelte';
import './base.css';
import { language } from './language';

document.documentElement.lang = language;
const target = document.getElementById('app');
if (target) mount(App, { target });
