#!/usr/bin/env node
import '../dist/gtc.js';
