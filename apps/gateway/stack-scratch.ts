import { startStack } from '@kervan/testing';
const stack = await startStack();
console.log(JSON.stringify({gateway:stack.gateway,payments:stack.payments,platformKey:stack.platformKey,pids:stack.pids()}));
process.on('SIGTERM', async()=>{await stack.stop();process.exit(0)});
setInterval(()=>{},1e6);
