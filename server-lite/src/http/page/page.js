// Shows the way to show without a program, where this browser has one: the screen, else the camera.
(function () {
  var media = navigator.mediaDevices;
  if (!media || !window.RTCPeerConnection || !window.WebSocket) return;
  var way = media.getDisplayMedia ? 'screen' : media.getUserMedia ? 'camera' : '';
  var links = document.querySelectorAll('a[data-share]');
  for (var i = 0; i < links.length; i++) {
    if (links[i].getAttribute('data-share') !== way) continue;
    links[i].href = links[i].getAttribute('href') + location.hash;
    links[i].hidden = false;
  }
})();

// Puts the secret half of the link into the program's name, in the browser alone: what stands behind "#" is never sent.
// Without this the page works too; the customer then pastes the page's address into the program.
(function () {
  var alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  var secret = location.hash.slice(1).toUpperCase();
  if (!/^[0-9A-HJKMNP-TV-Z]{26}$/.test(secret)) return;
  var links = document.querySelectorAll('a[data-stem]');
  for (var i = 0; i < links.length; i++) {
    var link = links[i];
    if (!('download' in link)) return;
    var name = link.getAttribute('data-stem') + secret;
    var sum = 0;
    for (var at = 0; at < name.length; at++) sum = (sum + (at + 1) * name.toUpperCase().charCodeAt(at)) % 1021;
    link.setAttribute('download', name + alphabet.charAt(sum >> 5) + alphabet.charAt(sum & 31) + link.getAttribute('data-ending'));
    link.href = link.getAttribute('href') + '?own';
  }
  if (links.length) document.documentElement.className = 'whole';
})();
